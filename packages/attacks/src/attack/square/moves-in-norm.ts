import type { ThreatModel } from '@st/core';

import { bumpMoves } from './bump-moves.ts';
import { linfMoves } from './linf-moves.ts';
import type { SquareMoves } from './square-moves.ts';

/** The moves of Square in the norm of the threat model. */
export function movesInNorm(threat: ThreatModel): SquareMoves {
  const { norm, epsilon } = threat;
  return norm === 'linf' ? linfMoves(threat) : bumpMoves(norm, epsilon);
}
