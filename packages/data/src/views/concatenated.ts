import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';

/** The examples of several sets of one shape and number of classes, one set after the other; each keeps its augmentation. */
export function concatenated(name: string, sets: readonly [ImageDataset, ...ImageDataset[]]): ImageDataset {
  const [{ classes, classNames, imageShape }] = sets;
  const size = sets.reduce((sum, set) => sum + set.size, 0);
  const find = (index: number): { readonly set: ImageDataset; readonly within: number } => {
    let within = index;
    for (const set of sets) {
      if (within < set.size) return { set, within };
      within -= set.size;
    }
    return { set: sets[0], within: Number.NaN }; // no such index: callers check it before
  };
  return imageDataset({
    name,
    size,
    classes,
    imageShape,
    ...(classNames && { classNames }),
    ...(sets.some((set) => set.unlabeled) && { unlabeled: true }),
    image: (index, rng) => {
      const { set, within } = find(index);
      return set.image(within, rng);
    },
    label: (index) => {
      const { set, within } = find(index);
      return set.label(within);
    },
  });
}
