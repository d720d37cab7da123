/** The user's command cannot be carried out as given. Its message is one line; the program prints it and ends with exit code 2. */
export class UsageError extends Error {}
