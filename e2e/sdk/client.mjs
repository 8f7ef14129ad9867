// What the programs of this folder share.
import Mux from '@mux/mux-node';

// collect reads a list to its end, page after page.
export async function collect(pages) {
  const rows = [];
  for await (const row of pages) rows.push(row);
  return rows;
}

// refusal returns the class and status of the error that a call ends with.
export async function refusal(call) {
  try {
    await call();
  } catch (error) {
    const name = Object.keys(Mux).find((key) => Mux[key] === error.constructor) ?? error.constructor.name;
    return { name, status: error.status, type: error.error?.error?.type };
  }
  return { name: 'none' };
}
