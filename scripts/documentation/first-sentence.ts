/** The first sentence of a page below its heading, without links and images; code blocks, tables and lists before it are skipped. */
export function firstSentence(markdown: string): string {
  const paragraphs = markdown
    .replace(/^```[\s\S]*?^```$/gm, '')
    .split(/\n\s*\n/)
    .map((text) => text.trim());
  const prose = paragraphs.find((text) => text !== '' && !/^([#|<!>*-]|\d+\.)/.test(text)) ?? '';
  const plain = prose
    .replace(/\s+/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_]{1,2}(\S[^*]*?)[*_]{1,2}/g, '$1');
  return /^.*?\.(?=\s|$)/.exec(plain)?.[0] ?? plain.replace(/:$/, '.');
}
