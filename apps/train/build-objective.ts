import {
  fgsmRsSearch,
  freeAdversarialTraining,
  nFgsmSearch,
  pgdSearch,
  squeezeSearch,
  tradesSearch,
} from '@st/attacks';
import type { Objective } from '@st/core';
import {
  adversarialLoss,
  alpLoss,
  martLoss,
  naturalLoss,
  noSearch,
  objective,
  squeezeLoss,
  tradesLoss,
  withDelay,
  withWeightPerturbation,
} from '@st/losses';
import { UsageError } from '../command-line/usage-error.ts';
import type { Configuration } from './configuration.ts';
import { threatOf } from './threat-of.ts';

/**
 * Builds the objective of the configured run: the search and the loss of its method, with weight perturbation and initial natural training if configured.
 * @throws {InvalidArgumentError | UsageError} if the method has no search in the configured norm.
 */
export function buildObjective(configuration: Configuration): Objective {
  const { awp, awpWarmup, delay } = configuration;
  const plain = methodObjective(configuration);
  const perturbed = awp === 0 ? plain : withWeightPerturbation(plain, { gamma: awp, warmupEpochs: awpWarmup });
  return delay === 0 ? perturbed : withDelay(perturbed, { steps: delay });
}

function methodObjective(configuration: Configuration): Objective {
  const { method, steps, stepSize, beta, divergence, points, noise, replays, labelSmoothing } = configuration;
  const threat = threatOf(configuration);
  const start = configuration.start ? { start: configuration.start } : {};
  const walk = { threat, steps, stepSize, ...start };
  switch (method) {
    case 'squeeze':
      return objective({
        search: squeezeSearch({ ...walk, divergence, points }),
        loss: squeezeLoss({ beta, divergence, labelSmoothing }),
      });
    case 'trades':
      return objective({ search: tradesSearch(walk), loss: tradesLoss({ beta, labelSmoothing }) });
    case 'mart':
      return objective({ search: pgdSearch({ start: 'gaussian', ...walk }), loss: martLoss({ beta }) });
    case 'at':
      return objective({ search: pgdSearch(walk), loss: adversarialLoss({ labelSmoothing }) });
    case 'alp':
      return objective({ search: pgdSearch(walk), loss: alpLoss({ beta, labelSmoothing }) });
    case 'fgsm-rs':
      return objective({ search: fgsmRsSearch({ threat, stepSize }), loss: adversarialLoss({ labelSmoothing }) });
    case 'n-fgsm':
      return objective({ search: nFgsmSearch({ threat, stepSize, noise }), loss: adversarialLoss({ labelSmoothing }) });
    case 'free':
      if (threat.norm !== 'linf')
        throw new UsageError(
          `--norm ${threat.norm} is not possible with --method free, which is made for linf. Omit it.`,
        );
      return freeAdversarialTraining({ epsilon: threat.epsilon, stepSize, replays, labelSmoothing });
    case 'natural':
      return objective({ search: noSearch, loss: naturalLoss({ labelSmoothing }) });
  }
}
