import { InvalidArgumentError } from '@st/core';
import { describe, expect, it } from 'vitest';
import { l2, linf } from '../ball/threat.ts';
import { severalClasses } from '../fixtures/several-classes.fixture.ts';
import { apgdAttack } from './apgd/apgd-attack.ts';
import { carliniWagnerAttack } from './carlini-wagner/carlini-wagner-attack.ts';
import { fabAttack } from './fab/fab-attack.ts';
import { fgsmAttack } from './pgd/fgsm-attack.ts';
import { pgdAttack } from './pgd/pgd-attack.ts';
import { transferAttack } from './pgd/transfer-attack.ts';
import { squareAttack } from './square/square-attack.ts';

const threat = linf(0.1);
const walk = { threat, steps: 2, stepSize: 0.05 };
type Named = { readonly name?: string };

const BUILD = {
  apgdAttack: (options: Named) => apgdAttack({ threat, loss: 'ce', ...options }),
  carliniWagnerAttack: (options: Named) => carliniWagnerAttack({ threat: l2(0.5), ...options }),
  fabAttack: (options: Named) => fabAttack({ threat, ...options }),
  fgsmAttack: (options: Named) => fgsmAttack({ threat, ...options }),
  pgdAttack: (options: Named) => pgdAttack({ ...walk, ...options }),
  squareAttack: (options: Named) => squareAttack({ threat, ...options }),
  transferAttack: (options: Named) =>
    transferAttack({ ...walk, source: severalClasses(4), sourceName: 'other', ...options }),
};

describe.each(Object.entries(BUILD))('the name of %s', (factory, build) => {
  it('is the option given', () => {
    expect(build({ name: 'mine' }).name).toBe('mine');
  });

  it.each([[''], [7], [true], [{}]])('is not allowed to be %o', (name) => {
    const call = (): unknown => build({ name: name as string });
    expect(call).toThrow(`[@st/attacks] ${factory}: name must be a text, got `);
    expect(call).toThrow(InvalidArgumentError);
  });
});
