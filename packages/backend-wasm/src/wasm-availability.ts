/** Whether the back end can be used here; `reason` says why not, and how to fix that. */
export type WasmAvailability = { readonly available: true } | { readonly available: false; readonly reason: string };
