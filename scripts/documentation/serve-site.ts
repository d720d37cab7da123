import { preview } from 'vite';

/** Serves the built site on this machine, until the process is stopped. */
export async function serveSite(folder: string, port: number): Promise<void> {
  const server = await preview({
    configFile: false,
    appType: 'mpa',
    build: { outDir: folder },
    preview: { port, strictPort: true },
  });
  server.printUrls();
}
