import { exportedNames } from '@st/testing';
import { expect, it } from 'vitest';

it('exports these names', () => {
  expect(exportedNames(new URL('./index.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "BatchNormLayerOptions",
        "Conv2dOptions",
        "DmPreactResnetOptions",
        "LinearOptions",
        "LoadPretrainedOptions",
        "ModelFromStateDictOptions",
        "NetOptions",
        "NormalizeOptions",
        "PreactResnet18Options",
        "PreactResnetOptions",
        "Pretrained",
        "PytorchStateDictOptions",
        "ReadPytorchOptions",
        "ResnetOptions",
        "SizedResnetOptions",
        "StateTensors",
        "WideResnetOptions",
        "WindowPoolOptions",
      ],
      "values": [
        "BatchNorm",
        "CIFAR100_NORMALIZATION",
        "CIFAR10_NORMALIZATION",
        "Conv2d",
        "Linear",
        "Normalize",
        "StemPool",
        "WindowPool",
        "dmPreactResnet",
        "dmWideResnet",
        "loadPretrained",
        "loadSafetensors",
        "loadStateDict",
        "modelFromStateDict",
        "preactResnet",
        "preactResnet18",
        "pytorchStateDict",
        "readPytorch",
        "resnet",
        "resnet18",
        "resnet34",
        "resnet50",
        "stateDict",
        "wideResnet",
        "writePytorch",
      ],
    }
  `);
});

it('exports these names as @st/models/parts', () => {
  expect(exportedNames(new URL('./parts.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "Activation",
        "Architecture",
        "BatchNormInputs",
        "BatchNormOptions",
        "BiasInitializer",
        "ChosenNormalization",
        "ConvInitializer",
        "ConvPadding",
        "FoundStateDict",
        "LeaveOut",
        "NetActivation",
        "NormalizedBatch",
        "Pool",
        "PreactHead",
        "ProjectionInput",
        "PytorchDict",
        "PytorchFile",
        "PytorchTensor",
        "PytorchValue",
        "Recognized",
        "RecognizedModel",
        "ResnetBlock",
        "ResnetStem",
        "RunningStatistics",
        "StateTensor",
        "WeightsFormat",
      ],
      "values": [
        "batchNorm",
        "batchNormInference",
        "findStateDict",
        "fromTorchLayout",
        "stateShapes",
        "toTorchLayout",
        "torchName",
      ],
    }
  `);
});
