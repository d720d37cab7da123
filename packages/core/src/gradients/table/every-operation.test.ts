import { describe, expect, it } from 'vitest';
import '../index.ts';
import { expectGradients, expectValue, type Row } from './row.fixture.ts';
import { unaryRows } from './unary-rows.fixture.ts';

/**
 * Every operation of tfjs-core in every form, on the back end under test, against references in float64.
 * To add a form, add a row to the file of its family: inputs, the call, and the same in plain JavaScript (see `Row`); values alone: `by: []`.
 */
const FAMILIES: Readonly<Record<string, readonly Row[]>> = {
  'functions of one tensor': unaryRows,
};

describe.each(Object.entries(FAMILIES))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))('%s has the value of the reference', (_name, row) => {
    expectValue(row);
  });

  it.each(rows.filter(({ by }) => by?.length !== 0).map((row) => [row.name, row] as const))(
    '%s has the gradient of central differences',
    (_name, row) => {
      expectGradients(row);
    },
  );

  it('names each form once', () => {
    expect(rows.map(({ name }) => name)).toEqual([...new Set(rows.map(({ name }) => name))]);
  });
});
