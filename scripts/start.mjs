// `npm start`: installs what is missing, then squeeze-trains on the real CIFAR-10. `npm start -- --help` lists every flag.
import { spawn } from 'node:child_process';
import { ensureInstalled, root, typescriptArguments } from './install.mjs';

ensureInstalled();
const given = process.argv.slice(2);
const chosen = given.some((flag) => flag === '--preset' || flag.startsWith('--preset='));
const flags = chosen ? given : ['--preset', 'quick', ...given];

const training = spawn(process.execPath, typescriptArguments('examples/cifar10.ts', flags), {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the training itself, which saves and says how to resume; this process only waits for it.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => training.kill('SIGTERM'));
training.on('exit', (code) => process.exit(code ?? 1));
