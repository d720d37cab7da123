export { BatchNorm, type BatchNormLayerOptions } from './layers/batch-norm-layer.ts';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.ts';
export { Linear, type LinearOptions } from './layers/linear.ts';
export { Normalize, type NormalizeOptions } from './layers/normalize.ts';
export { StemPool } from './layers/stem-pool.ts';
export { WindowPool, type WindowPoolOptions } from './layers/window-pool.ts';
export { type DmPreactResnetOptions, dmPreactResnet } from './nets/dm-preact-resnet.ts';
export { dmWideResnet } from './nets/dm-wide-resnet.ts';
export type { NetOptions } from './nets/net-options.ts';
export {
  type PreactResnet18Options,
  type PreactResnetOptions,
  preactResnet,
  preactResnet18,
} from './nets/preact-resnet.ts';
export { type ResnetOptions, resnet, resnet18, resnet34, resnet50, type SizedResnetOptions } from './nets/resnet.ts';
export { type WideResnetOptions, wideResnet } from './nets/wide-resnet.ts';
export { type LoadPretrainedOptions, loadPretrained, type Pretrained } from './pretrained/load-pretrained.ts';
export { type ModelFromStateDictOptions, modelFromStateDict } from './pretrained/model-from-state-dict.ts';
export { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION } from './pretrained/published-normalization.ts';
export { type ReadPytorchOptions, readPytorch } from './pytorch/read-pytorch.ts';
export { writePytorch } from './pytorch/write/write-pytorch.ts';
export { loadSafetensors, loadStateDict } from './weights/load-state-dict.ts';
export { type PytorchStateDictOptions, pytorchStateDict } from './weights/pytorch-state-dict.ts';
export { stateDict } from './weights/state-dict.ts';
export type { StateTensors } from './weights/state-tensor.ts';
