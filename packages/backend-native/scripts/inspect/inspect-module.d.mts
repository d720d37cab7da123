export function faultsOf(path: string, platform: string): string[];
