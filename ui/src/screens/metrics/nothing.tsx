import { Empty } from '../../kit/states';

/** Why nothing of a metric is shown. */
export function Nothing() {
  return <Empty title="No views">Nothing in this range and with these filters has a value of this metric.</Empty>;
}
