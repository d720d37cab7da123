export function platform(): string;
export function glibcVersion(): string | undefined;
export function cacheFolder(environment?: NodeJS.ProcessEnv): string;
export function ownBuildFolder(version: string): string;
export function stampOf(module: string): string;
export function digestOf(bytes: Uint8Array): string;
export function readStamp(module: string): { readonly key: string; readonly digest: string } | undefined;
export function isWhole(module: string): boolean;
export function whyUntrusted(path: string): string | undefined;
