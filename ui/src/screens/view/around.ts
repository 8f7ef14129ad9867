/** The views of a viewer around one of them. Ids of views ascend with the time that they began. */

interface Row {
  id: string;
}

/** Those that began before a view, the latest first, and those that began after it, the earliest first: so many of each. */
export function around<R extends Row>(id: string, lists: R[][], many: number): { before: R[]; after: R[] } {
  const others = [...new Map(lists.flat().map((row) => [row.id, row])).values()];
  others.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    before: others
      .filter((row) => row.id < id)
      .slice(-many)
      .reverse(),
    after: others.filter((row) => row.id > id).slice(0, many),
  };
}
