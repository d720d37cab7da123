import { resnet18, wideResnet } from '@st/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Number of classes of every measured model, as in CIFAR-10. */
export const CLASSES = 10;

/** Builds a model by the name that the peer uses: `resnet18` or `wrn-DEPTH-WIDEN`. */
export function modelNamed(name: string): LayersModel {
  if (name === 'resnet18') return resnet18({ classes: CLASSES });
  const [, depth, widen] = /^wrn-(\d+)-(\d+)$/.exec(name) ?? [];
  if (depth !== undefined && widen !== undefined)
    return wideResnet({ depth: Number(depth), widen: Number(widen), classes: CLASSES });
  throw new Error(`Unknown model '${name}': use resnet18 or wrn-DEPTH-WIDEN.`);
}
