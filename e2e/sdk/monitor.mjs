// Reads real-time numbers with the API client of npm and writes the answers as
// JSON to standard output. Times are seconds after the minute `at`.
//
// Usage: node monitor.mjs '{"baseURL":"http://…","id":"…","secret":"…","at":1777896000}'
import Mux from '@mux/mux-node';
import { refusal, watch } from './client.mjs';

const { baseURL, id, secret, at } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data');
const { monitoring, realTime } = client.data;
const ccv = 'current-concurrent-viewers';
const failures = 'playback-failure-percentage';
const ticks = [0, 5, 10, 15, 25, 30, 35, 40, 45, 60, 65, 70];

const names = (list) => list.data.map(({ name, display_name }) => `${name}: ${display_name}`);
const after = (date) => Date.parse(date) / 1000 - at;

// points are the values and the viewers at some of the ticks.
function points(series) {
  const byTime = new Map(series.data.map((point) => [after(point.date), point]));
  return ticks.map((tick) => [byTime.get(tick).value, byTime.get(tick).concurrent_viewers]);
}

const series = (metric, params) => monitoring.metrics.getTimeseries(metric, { timestamp: at, ...params });
const moment = (list) => ({ rows: list.data, total: list.total_row_count, timeframe: list.timeframe.map((second) => second - at) });
const minute = (histogram) => ({ ...histogram.data.find((row) => after(row.timestamp) === 0), timestamp: '' });

const newest = await monitoring.metrics.getTimeseries(ccv);
const histogram = await monitoring.metrics.getHistogramTimeseries('video-startup-time');
const steps = await monitoring.metrics.getBreakdownTimeseries(ccv, {
  dimension: 'cdn', timeframe: [String(at + 30), String(at + 45)], limit: 5, order_by: 'views', order_direction: 'desc',
});

const answers = {
  dimensions: names(await monitoring.listDimensions()),
  metrics: names(await monitoring.metrics.list()),
  older: [names(await realTime.listDimensions()).length, names(await realTime.listMetrics()).length],
  ticks,
  timeseries: {
    [ccv]: points(await series(ccv)),
    'current-average-bitrate': points(await series('current-average-bitrate')),
    'current-rebuffering-percentage': points(await series('current-rebuffering-percentage')),
    'exits-before-video-start': points(await series('exits-before-video-start')),
    [failures]: points(await series(failures)),
    'video-startup-failure-percentage': points(await series('video-startup-failure-percentage')),
  },
  filtered: points(await series(ccv, { filters: ['video_title:Derby'] })),
  others: points(await series(ccv, { filters: ['!cdn:northlight', 'video_title:Derby', 'video_title:Gala'] })),
  olderSeries: points(await realTime.retrieveTimeseries(ccv, { timestamp: at })),
  newest: {
    points: newest.data.length,
    everyFive: newest.data.every((point, i, all) => i === 0 || after(point.date) - after(all[i - 1].date) === 5),
    timeframe: newest.timeframe[1] - newest.timeframe[0],
    behind: Date.now() / 1000 - newest.timeframe[1] < 8,
  },
  breakdown: moment(await monitoring.metrics.getBreakdown(failures, { dimension: 'video_title', timestamp: at + 35 })),
  breakdownByHarm: moment(await monitoring.metrics.getBreakdown(failures, {
    dimension: 'video_title', timestamp: at + 39, order_by: 'negative_impact', order_direction: 'desc', filters: ['cdn:skyhop'],
  })),
  breakdownByASN: moment(await monitoring.metrics.getBreakdown(ccv, { timestamp: at + 5 })),
  olderBreakdown: moment(await realTime.retrieveBreakdown(ccv, { dimension: 'cdn', timestamp: at + 40 })),
  nobody: (await monitoring.metrics.getBreakdown(ccv)).data,
  steps: { data: steps.data.map((step) => ({ at: after(step.date), values: step.values })), timeframe: steps.timeframe.map((second) => second - at) },
  histogram: {
    minute: minute(histogram),
    meta: { bucket_unit: histogram.meta.bucket_unit, buckets: histogram.meta.buckets },
    minutes: histogram.data.length,
    timeframe: histogram.timeframe[1] - histogram.timeframe[0],
    others: histogram.data.filter((row) => row.sum > 0).length - 1,
  },
  histogramOfGala: minute(await monitoring.metrics.getHistogramTimeseries('video-startup-time', { filters: ['video_title:Gala'] })),
  olderHistogram: minute(await realTime.retrieveHistogramTimeseries('video-startup-time')).sum,
  refusals: {
    metric: await refusal(() => monitoring.metrics.getTimeseries('video-startup-time')),
    newerMetric: await refusal(() => realTime.retrieveTimeseries('video-startup-failure-percentage')),
    histogram: await refusal(() => monitoring.metrics.getHistogramTimeseries(ccv)),
    dimension: await refusal(() => monitoring.metrics.getBreakdown(ccv, { dimension: 'browser' })),
    newerDimension: await refusal(() => realTime.retrieveBreakdown(ccv, { dimension: 'view_has_ad' })),
    longAgo: await refusal(() => series(ccv, { timestamp: at - 25 * 3600 })),
    window: await refusal(() => monitoring.metrics.getBreakdownTimeseries(ccv, { timeframe: ['11:minutes'] })),
  },
};
answers.called = [...watched.called].sort();
process.stdout.write(JSON.stringify(answers));
