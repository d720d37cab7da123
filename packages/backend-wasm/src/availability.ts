/** Whether the back end can be used here, or the reason that it cannot. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };
