import { InvalidArgumentError, type ThreatModel } from '@st/core';
import { checkChoice, checkKnownOptions, type Where } from '@st/core/kit';
import { checkRadiusFits, checkThreat } from '../../ball/threat.ts';
import { threatJson } from '../../ball/threat-json.ts';
import type { Attack } from '../attack.ts';
import { attackInRounds } from '../attack-in-rounds.ts';
import { checkName } from '../check-name.ts';
import {
  type CarliniWagnerSettings,
  carliniWagnerRunUnchecked,
  checkCarliniWagnerSettings,
} from './carlini-wagner-run.ts';

export type CarliniWagnerAttackOptions = Partial<Omit<CarliniWagnerSettings, 'doneWithin'>> & {
  /** An l2 ball: examples whose nearest misclassified point is inside it are found. */
  readonly threat: ThreatModel;
  /**
   * `'smallest'`, the default, as published: every example is searched to the end for its nearest misclassified point. `'first'`: an
   * example is retired once it is misclassified within epsilon.
   */
  readonly keep?: 'smallest' | 'first';
  /** In reports. Default `'cw-l2'`. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] carliniWagnerAttack';
const KNOWN = [
  ...['threat', 'steps', 'constants', 'firstConstant', 'learningRate', 'confidence'],
  ...['keep', 'earlyStop', 'name'],
];

/**
 * Carlini and Wagner's attack by optimization: the nearest misclassified point in l2, by Adam in tanh space. Defaults as published: 9 constants
 * from 0.001, 10000 steps each of rate 0.01, confidence 0; but for the early stop (`earlyStop: 'published'`), which finds nothing on images of black and
 * white pixels. Fewer steps (1000) are usual.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or another norm.
 * @see Carlini and Wagner 2017, arXiv 1608.04644, section VI-A
 */
export function carliniWagnerAttack(options: CarliniWagnerAttackOptions): Attack {
  checkKnownOptions(WHERE, options, KNOWN);
  const threat = checkL2(options.threat);
  const keep = checkChoice(WHERE, 'keep', options.keep ?? 'smallest', ['smallest', 'first']);
  const { steps = 10_000, constants = 9, firstConstant = 1e-3, learningRate = 0.01, confidence = 0 } = options;
  const { earlyStop = 'settled' } = options;
  const settings = { steps, constants, firstConstant, learningRate, confidence, earlyStop };
  checkCarliniWagnerSettings(WHERE, { ...settings, doneWithin: 0 });
  return {
    name: checkName(WHERE, options.name ?? 'cw-l2'),
    threat,
    check: ({ imageShape }) => checkRadiusFits(WHERE, threat, imageShape),
    settings: { ...threatJson(threat), ...settings, keep },
    run: (classifier, batch, randomness, { signal, judge } = {}) => {
      const task = { where: WHERE, classifier, batch, randomness, threat, signal, judge };
      // where a judge decides, one wrong pass does not retire an example
      const doneWithin = keep === 'first' && !judge ? threat.epsilon : 0;
      return attackInRounds(task, { name: 'cw-l2', targets: 0, restarts: 1 }, async ({ images, labels }) => {
        const { adversarial, distances, queries, gradientsNotFinite } = await carliniWagnerRunUnchecked(
          WHERE,
          classifier,
          { images, labels },
          { ...settings, doneWithin },
          signal,
        );
        const found = Uint8Array.from(distances, (distance) => Number(distance <= threat.epsilon));
        return { adversarial, found, queries, gradientCalls: Int32Array.from(queries), gradientsNotFinite };
      });
    },
  };
}

function checkL2(threat: ThreatModel): ThreatModel {
  const checked = checkThreat(WHERE, threat);
  if (checked.norm === 'l2') return checked;
  throw new InvalidArgumentError(
    `${WHERE}: threat must be an l2 ball, got ${checked.norm}: this attack minimises the l2 distance. For the margin in ${checked.norm} use pgdAttack with ascend: 'margin'.`,
    { argument: 'threat', received: checked.norm },
  );
}
