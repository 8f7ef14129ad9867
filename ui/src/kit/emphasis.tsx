/** Texts of the API, which stand emphasised words between asterisks. */

/** The parts of a text; each second one is emphasised. */
const parts = (text: string): string[] => text.split(/\*([^*]+)\*/);

export function Emphasis({ text }: { text: string }) {
  return (
    <>
      {parts(text).map((part, i) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: parts are told apart by their places alone
        i % 2 ? <b key={i}>{part}</b> : part,
      )}
    </>
  );
}

/** The same without emphasis. */
export const plainText = (text: string): string => parts(text).join('');
