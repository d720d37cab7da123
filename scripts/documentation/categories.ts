/** What a page of a package lists together: files whose path matches belong to the category. The first match counts. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^attacks\/src\/(ball|published-settings)/, 'Threat models and published settings'],
  [/^attacks\/src\/(search|step\/squeeze)/, 'Searches (part of a training step)'],
  [/^attacks\/src\/training/, 'Trainings (a search with its loss)'],
  [/^attacks\/src\/attack\//, 'Attacks of evaluations'],
  [/^attacks\/src\/(step|gradient)/, 'Steps and gradients'],
  [/^backend-native\/src\//, 'Back end'],
  [/^core\/src\/(averaging|training|dataset|optimizer)/, 'Training, optimizers, averages'],
  [/^core\/src\/schedules/, 'Learning rates'],
  [/^core\/src\/(batch|unlabeled|threat|contracts|classifier)/, 'Batches and classifiers'],
  [/^core\/src\/(checkpoints|safetensors)/, 'Checkpoints and files'],
  [/^core\/src\/errors/, 'Errors'],
  [/^core\/src\/rng/, 'Randomness'],
  [/^data\/src\/augment/, 'Augmentation'],
  [/^data\/src\/self-training/, 'Self-training'],
  [/^data\/src\/sets/, 'Data sets'],
  [/^data\/src\/views/, 'Batches and subsets'],
  [/^losses\/src\/(.*-loss\.ts|objective)/, 'Losses and objectives'],
  [/^losses\/src\/with-(?!out)/, 'Wrappers of objectives'],
  [/^losses\/src\/(divergence|jensen|.*kl|squared)/, 'Divergences'],
  [/^losses\/src\//, 'Pieces of losses'],
  [/^models\/src\/nets/, 'Networks'],
  [/^models\/src\/(pretrained|pytorch|weights)/, 'Weights'],
  [/^models\/src\/(layers|batch-norm)/, 'Layers'],
];

/** The category of types, which pages list last. */
export const TYPES = 'Types';

/** The category of everything that no rule names. */
const OTHERS = 'Functions';

/**
 * The category of an exported name that is not a type.
 * @param path - The file that declares it, from the root of the repository.
 */
export function categoryOf(path: string): string {
  const inPackages = path.replace(/^packages\//, '');
  return RULES.find(([pattern]) => pattern.test(inPackages))?.[1] ?? OTHERS;
}

/** The order of the categories on a page; `*` stands for those without a rule. */
export const CATEGORY_ORDER: readonly string[] = [...new Set(RULES.map(([, title]) => title)), OTHERS, '*', TYPES];
