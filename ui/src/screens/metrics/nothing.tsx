import { Empty } from '../../kit/states';

/** Why a list has no rows: there are none, or this page of it is past its end. */
export function Nothing({ total }: { total: number }) {
  if (total > 0) return <Empty title="No such page">The list is shorter.</Empty>;
  return <Empty title="No views">Nothing in this range and with these filters has a value of this metric.</Empty>;
}
