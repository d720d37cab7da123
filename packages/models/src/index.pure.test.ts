import { expect, it } from 'vitest';

import * as models from './index.ts';

it('exports these names', () => {
  expect(Object.keys(models).sort()).toMatchInlineSnapshot(`
    [
      "BatchNorm",
      "CIFAR100_NORMALIZATION",
      "CIFAR10_NORMALIZATION",
      "Conv2d",
      "Linear",
      "Normalize",
      "StemPool",
      "WindowPool",
      "batchNorm",
      "batchNormInference",
      "dmPreactResnet",
      "dmWideResnet",
      "findStateDict",
      "fromTorchLayout",
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
      "stateShapes",
      "toTorchLayout",
      "torchName",
      "wideResnet",
      "writePytorch",
    ]
  `);
});
