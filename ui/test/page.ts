/** What modules look at when they are loaded, for tests of those that ask the API: imported first. */
Object.assign(globalThis, { document: { baseURI: 'http://127.0.0.1/ui/' } });
