import type { Addon } from '@st/backend-native/kit';
import { findBackend } from '@tensorflow/tfjs-core';

/** The part of the back end that keeps free blocks for the next tensors. */
type Pooled = { readonly pool: { trim(): void } };

/** Frees what a back end keeps for later: blocks of sizes that nobody wants now, and the kernels' workspaces. */
export function releaseFreeMemory(backend: string, addon: Addon): void {
  // Every back end of `registerEngine` has a pool; tfjs's type does not say so.
  (findBackend(backend) as unknown as Pooled).pool.trim();
  addon.releaseScratch();
}
