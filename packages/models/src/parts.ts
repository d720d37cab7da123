/** The parts of the networks and readers of `@st/models`, and their types. */

export type { Activation } from './batch-norm/activation.ts';
export { type BatchNormOptions, batchNorm, type NormalizedBatch } from './batch-norm/batch-norm.ts';
export { batchNormInference, type RunningStatistics } from './batch-norm/batch-norm-inference.ts';
export type { BatchNormInputs } from './batch-norm/batch-norm-inputs.ts';
export type { ConvInitializer, ConvPadding } from './layers/conv2d.ts';
export type { BiasInitializer } from './layers/linear.ts';
export type { NetActivation, Pool } from './nets/net-options.ts';
export type { ProjectionInput } from './nets/preact-block.ts';
export type { PreactHead } from './nets/preact-resnet.ts';
export type { ResnetBlock, ResnetStem } from './nets/resnet.ts';
export type { Architecture } from './pretrained/architecture.ts';
export type { ChosenNormalization } from './pretrained/choose-normalization.ts';
export type { LeaveOut } from './pretrained/leave-out.ts';
export type { RecognizedModel } from './pretrained/model-from-state-dict.ts';
export type { WeightsFormat } from './pretrained/read-weights.ts';
export type { Recognized } from './pretrained/recognized.ts';
export { type FoundStateDict, findStateDict } from './pytorch/find-state-dict.ts';
export type { PytorchDict, PytorchTensor, PytorchValue } from './pytorch/pytorch-value.ts';
export type { PytorchFile } from './pytorch/read-pytorch.ts';
export { stateShapes } from './weights/state-entries.ts';
export type { StateTensor } from './weights/state-tensor.ts';
export { fromTorchLayout, torchName, toTorchLayout } from './weights/torch-layout.ts';
