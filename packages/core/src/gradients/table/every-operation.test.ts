import { describe, expect, it } from 'vitest';
import '../index.ts';
import { binaryRows } from './binary-rows.fixture.ts';
import { convolutionRows } from './convolution-rows.fixture.ts';
import { imageRows } from './image-rows.fixture.ts';
import { matrixRows } from './matrix-rows.fixture.ts';
import { normalizationRows } from './normalization-rows.fixture.ts';
import { poolingRows } from './pooling-rows.fixture.ts';
import { reductionRows } from './reduction-rows.fixture.ts';
import { expectGradients, expectValue, type Row } from './row.fixture.ts';
import { shapeRows } from './shape-rows.fixture.ts';
import { signalRows } from './signal-rows.fixture.ts';
import { unaryRows } from './unary-rows.fixture.ts';

/**
 * Compares every operation of tfjs-core, in every form, on the back end under test with references in float64.
 * To add a form, add a row to the file of its family: inputs, the call, and the reference in plain JavaScript (see `Row`). To check values only, set
 * `by: []`.
 */
const FAMILIES: Readonly<Record<string, readonly Row[]>> = {
  'functions of one tensor': unaryRows,
  'functions of two tensors': binaryRows,
  reductions: reductionRows,
  matrices: matrixRows,
  convolutions: convolutionRows,
  pooling: poolingRows,
  'normalizations and losses': normalizationRows,
  'shapes and indices': shapeRows,
  images: imageRows,
  'signals and decompositions': signalRows,
};

const titled = (rows: readonly Row[]) => rows.map((row) => [row.name, row] as const);

describe.each(Object.entries(FAMILIES))('%s', (_, rows) => {
  it.each(titled(rows))('%s has the value of the reference', (_name, row) => {
    expectValue(row);
  });

  it.each(titled(rows.filter(({ by }) => by?.length !== 0)))(
    '%s has the gradient that central differences give',
    (_name, row) => {
      expectGradients(row);
    },
  );

  it('no two forms have the same name', () => {
    expect(rows.map(({ name }) => name)).toEqual([...new Set(rows.map(({ name }) => name))]);
  });
});
