// The platforms for which packages with a built module are published.

/**
 * `target` is Zig's name of the platform with the oldest C library or system that the module supports; `kernelsOf` names the platform whose
 * objects of the kernels serve here too: they call a few functions of the C library, which both libraries have.
 */
export const PLATFORMS = {
  'linux-x64': { target: 'x86_64-linux-gnu.2.17', os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-x64-musl': { target: 'x86_64-linux-musl', os: 'linux', cpu: 'x64', libc: 'musl', kernelsOf: 'linux-x64' },
  'linux-arm64': { target: 'aarch64-linux-gnu.2.17', os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-arm64-musl': {
    target: 'aarch64-linux-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
    kernelsOf: 'linux-arm64',
  },
  'darwin-arm64': { target: 'aarch64-macos.11.0', os: 'darwin', cpu: 'arm64' },
  'darwin-x64': { target: 'x86_64-macos.11.0', os: 'darwin', cpu: 'x64' },
  'win32-x64': { target: 'x86_64-windows-gnu', os: 'win32', cpu: 'x64' },
};

/** The name of a platform's package. */
export const packageOf = (platform) => `@st/backend-native-${platform}`;
