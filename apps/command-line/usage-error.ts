/** The command cannot be run as given. The program prints the message, which is one line, and ends with exit code 2. */
export class UsageError extends Error {}
