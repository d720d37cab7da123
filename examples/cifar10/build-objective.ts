import { pgd, squeezeSearch, tradesSearch } from '@st/attacks';
import type { Objective } from '@st/core';
import { adversarialLoss, naturalLoss, noSearch, objective, squeezeLoss, tradesLoss } from '@st/losses';

import type { Configuration } from './configuration.ts';
import { threatOf } from './threat-of.ts';

/** What the configured method minimises: its search and its loss. */
export function buildObjective(configuration: Configuration): Objective {
  const { method, steps, stepSize, beta, divergence, points, start } = configuration;
  const walk = { threat: threatOf(configuration), steps, stepSize, ...(start ? { start } : {}) };
  switch (method) {
    case 'squeeze':
      return objective({
        search: squeezeSearch({ ...walk, divergence, points }),
        loss: squeezeLoss({ beta, divergence }),
      });
    case 'trades':
      return objective({ search: tradesSearch(walk), loss: tradesLoss({ beta }) });
    case 'at':
      return objective({ search: pgd(walk), loss: adversarialLoss() });
    case 'natural':
      return objective({ search: noSearch, loss: naturalLoss() });
  }
}
