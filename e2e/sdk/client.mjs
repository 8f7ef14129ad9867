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

// watch has a client tell which of its methods are called, by names such as
// data.videoViews.list. all has the names of all methods of the given resources.
export function watch(client, ...resources) {
  const watched = { all: [], called: new Set() };
  const visit = (resource, at) => {
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(resource))) {
      if (name === 'constructor') continue;
      const method = resource[name];
      watched.all.push(`${at}.${name}`);
      resource[name] = (...args) => {
        watched.called.add(`${at}.${name}`);
        return method.apply(resource, args);
      };
    }
    for (const [name, inner] of Object.entries(resource)) {
      if (name !== '_client' && typeof inner === 'object') visit(inner, `${at}.${name}`);
    }
  };
  for (const name of resources) visit(client[name], name);
  return watched;
}
