export type { Activation } from './batch-norm/activation.ts';
export { type BatchNormOptions, batchNorm, type NormalizedBatch } from './batch-norm/batch-norm.ts';
export { batchNormInference, type RunningStatistics } from './batch-norm/batch-norm-inference.ts';
export type { BatchNormInputs } from './batch-norm/batch-norm-inputs.ts';
export { BatchNorm, type BatchNormLayerOptions } from './layers/batch-norm-layer.ts';
export { Conv2d, type Conv2dOptions, type ConvInitializer, type ConvPadding } from './layers/conv2d.ts';
export { type BiasInitializer, Linear, type LinearOptions } from './layers/linear.ts';
export { Normalize, type NormalizeOptions } from './layers/normalize.ts';
export { StemPool } from './layers/stem-pool.ts';
export { WindowPool, type WindowPoolOptions } from './layers/window-pool.ts';
export { type DmPreactResnetOptions, dmPreactResnet } from './nets/dm-preact-resnet.ts';
export { dmWideResnet } from './nets/dm-wide-resnet.ts';
export type { NetActivation, NetOptions, Pool } from './nets/net-options.ts';
export type { ProjectionInput } from './nets/preact-block.ts';
export {
  type PreactHead,
  type PreactResnet18Options,
  type PreactResnetOptions,
  preactResnet,
  preactResnet18,
} from './nets/preact-resnet.ts';
export {
  type ResnetBlock,
  type ResnetOptions,
  type ResnetStem,
  resnet,
  resnet18,
  resnet34,
  resnet50,
  type SizedResnetOptions,
} from './nets/resnet.ts';
export { type WideResnetOptions, wideResnet } from './nets/wide-resnet.ts';
export type { Architecture } from './pretrained/architecture.ts';
export type { ChosenNormalization } from './pretrained/choose-normalization.ts';
export type { LeaveOut } from './pretrained/leave-out.ts';
export { type LoadPretrainedOptions, loadPretrained, type Pretrained } from './pretrained/load-pretrained.ts';
export {
  type ModelFromStateDictOptions,
  modelFromStateDict,
  type RecognisedModel,
} from './pretrained/model-from-state-dict.ts';
export { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION } from './pretrained/published-normalization.ts';
export type { WeightsFormat } from './pretrained/read-weights.ts';
export type { Recognised } from './pretrained/recognised.ts';
export { type FoundStateDict, findStateDict } from './pytorch/find-state-dict.ts';
export type { PytorchDict, PytorchTensor, PytorchValue } from './pytorch/pytorch-value.ts';
export { type PytorchFile, type ReadPytorchOptions, readPytorch } from './pytorch/read-pytorch.ts';
export { writePytorch } from './pytorch/write/write-pytorch.ts';
export { loadSafetensors, loadStateDict } from './weights/load-state-dict.ts';
export { type PytorchStateDictOptions, pytorchStateDict } from './weights/pytorch-state-dict.ts';
export { stateDict } from './weights/state-dict.ts';
export { stateShapes } from './weights/state-entries.ts';
export type { StateTensor, StateTensors } from './weights/state-tensor.ts';
export { fromTorchLayout, torchName, toTorchLayout } from './weights/torch-layout.ts';
