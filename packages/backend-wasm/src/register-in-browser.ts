import { browserPlatform } from './browser-platform.ts';
import { registerWasm } from './register.ts';

registerWasm(browserPlatform, () => 0);
