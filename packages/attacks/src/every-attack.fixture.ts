import type { Batch, Classifier, Rng, ThreatModel } from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

import { apgd } from './apgd/apgd.ts';
import type { Attack } from './attack.ts';
import { carliniWagner } from './carlini-wagner/carlini-wagner.ts';
import { collaborativeSearch } from './collaborative-search.ts';
import { fab } from './fab/fab.ts';
import { fgsm } from './fgsm.ts';
import { fgsmRsSearch } from './fgsm-rs-search.ts';
import { nFgsmSearch } from './n-fgsm-search.ts';
import { pgd } from './pgd.ts';
import { fgsmAttack } from './search-attack/fgsm-attack.ts';
import { pgdAttack } from './search-attack/pgd-attack.ts';
import { square } from './square/square.ts';
import { squeezeSearch } from './squeeze-search.ts';
import { tradesSearch } from './trades-search.ts';
import { transferAttack } from './transfer/transfer-attack.ts';

/** Every attack of evaluations in a threat model, short, for a classifier of at least 4 classes. */
export function everyAttack(threat: ThreatModel, source: Classifier): readonly Attack[] {
  const walk = { threat, steps: 6, stepSize: threat.epsilon / 3 };
  return [
    fgsmAttack({ threat }),
    pgdAttack({ ...walk, start: 'natural' }),
    ...(['uniform', 'gaussian', 'radial'] as const).map((start) =>
      pgdAttack({ ...walk, start, name: `pgd, ${start}` }),
    ),
    pgdAttack({ ...walk, ascend: 'margin', restarts: 2 }),
    apgd({ threat, loss: 'ce', iterations: 8, restarts: 2 }),
    apgd({ threat, loss: 'dlr', iterations: 8, eot: 2 }),
    apgd({ threat, loss: 'dlr-targeted', iterations: 8, targets: 2, keep: 'first' }),
    ...(threat.norm === 'l1'
      ? [apgd({ threat, loss: 'ce', iterations: 10, radii: 'decreasing', name: 'apgd, decreasing' })]
      : []),
    fab({ threat, iterations: 8, restarts: 2, finalSearch: 2 }),
    fab({ threat, iterations: 8, targeted: 3 }),
    ...(threat.norm === 'l2' ? [carliniWagner({ threat, steps: 60, constants: 3, learningRate: 0.1 })] : []),
    square({ threat, queries: 60 }),
    transferAttack({ ...walk, source, sourceName: 'itself' }),
  ];
}

/** A search of training, whatever its views. */
type AnySearch = (classifier: Classifier, batch: Batch, rng: Rng) => { readonly [view: string]: tf.Tensor4D };

/** Every search of training in a threat model, short, by name. */
export function everySearch(threat: ThreatModel): Readonly<Record<string, AnySearch>> {
  const walk = { threat, steps: 3, stepSize: threat.epsilon / 2 };
  const searches: Record<string, AnySearch> = {
    fgsm: fgsm({ threat }),
    pgd: pgd(walk),
    'pgd, clipped start, strongest': pgd({ ...walk, clipStart: true, restarts: 2 }),
    'pgd, targeted margin': pgd({ ...walk, ascend: 'margin', targets: ({ labels }) => labels.clone() }),
    collaborative: collaborativeSearch(walk),
    squeeze: squeezeSearch({ ...walk, divergence: 'symmetric-kl' }),
    'squeeze, consistent': squeezeSearch({ ...walk, divergence: 'l2', points: 'consistent', start: 'uniform' }),
  };
  if (threat.norm !== 'l1') searches.trades = tradesSearch(walk);
  if (threat.norm === 'linf')
    Object.assign(searches, { 'fgsm-rs': fgsmRsSearch({ threat }), 'n-fgsm': nFgsmSearch({ threat }) });
  return searches;
}
