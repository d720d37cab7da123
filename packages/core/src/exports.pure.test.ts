import { expect, it } from 'vitest';
import * as main from './index.ts';
import * as node from './node.ts';

it('exports these names and no others', () => {
  expect({ main: Object.keys(main).sort(), node: Object.keys(node).sort() }).toMatchInlineSnapshot(`
    {
      "main": [
        "BATCH_NORM_ARGUMENT",
        "BATCH_NORM_MODES",
        "BEST_CHECKPOINT",
        "BackendError",
        "CarriedTensors",
        "CheckpointError",
        "DataFormatError",
        "InvalidArgumentError",
        "LAST_CHECKPOINT",
        "NORMS",
        "SCHEDULE_PRESETS",
        "SGD",
        "ShapeError",
        "StError",
        "asClassifier",
        "captureCheckpoint",
        "checkBatch",
        "checkBatchValues",
        "checkChoice",
        "checkDatasetFits",
        "checkKnownOptions",
        "checkNumber",
        "checkTrainable",
        "checkpointStoreOf",
        "classifierOf",
        "clipByGlobalNorm",
        "constant",
        "cosine",
        "createRng",
        "decodeCheckpoint",
        "decodeValues",
        "describeValue",
        "encodeCheckpoint",
        "epochOrder",
        "evaluate",
        "findDifference",
        "fit",
        "loadCheckpoint",
        "nextTurn",
        "oneCycle",
        "piecewise",
        "presetSchedule",
        "readSafetensors",
        "restoreCheckpoint",
        "restoreRng",
        "trainStep",
        "valueAndGradients",
        "warmup",
        "writeSafetensors",
      ],
      "node": [
        "fileCheckpointStore",
      ],
    }
  `);
});
