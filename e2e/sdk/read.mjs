// Reads everything that the API client of npm can read of a server, with only
// its base URL changed, and writes the answers as JSON to standard output.
//
// Usage: node read.mjs '{"baseURL":"http://…","id":"…","secret":"…","from":1,"to":2}'
import Mux from '@mux/mux-node';
import { collect, refusal } from './client.mjs';

const { baseURL, id, secret, from, to } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const { videoViews, metrics, dimensions } = client.data;
const timeframe = [String(from), String(to)];

const stranger = new Mux({ baseURL, tokenId: id, tokenSecret: secret + 'x', maxRetries: 0 });
const views = await collect(videoViews.list({ limit: 2, timeframe }));
const stalled = views.find((view) => view.video_title === 'Rebuffering');

const answers = {
  views,
  filtered: await collect(videoViews.list({ timeframe, filters: ['!video_title:Rebuffering', 'browser:Chrome'] })),
  oldest: (await videoViews.list({ timeframe, limit: 1, order_direction: 'asc' })).data,
  view: await videoViews.retrieve(stalled.id),
  overall: {
    views: await metrics.getOverallValues('views', { timeframe }),
    startup: await metrics.getOverallValues('video_startup_time', { timeframe, measurement: 'median' }),
    startup95: await metrics.getOverallValues('video_startup_time', { timeframe, measurement: '95th' }),
    rebuffer: await metrics.getOverallValues('rebuffer_percentage', { timeframe }),
    frequency: await metrics.getOverallValues('rebuffer_frequency', { timeframe }),
    failures: await metrics.getOverallValues('playback_failure_percentage', { timeframe }),
    exits: await metrics.getOverallValues('exits_before_video_start', { timeframe }),
    playing: await metrics.getOverallValues('playing_time', { timeframe }),
    nothing: await metrics.getOverallValues('video_startup_time', { timeframe, filters: ['country:nowhere'] }),
  },
  breakdown: await collect(metrics.listBreakdownValues('views', {
    timeframe, group_by: 'video_title', order_by: 'field', order_direction: 'asc', limit: 4,
  })),
  startupByTitle: await collect(metrics.listBreakdownValues('video_startup_time', {
    timeframe, group_by: 'video_title', order_by: 'value', order_direction: 'desc',
  })),
  timeseries: await metrics.getTimeseries('views', { timeframe, group_by: 'hour' }),
  comparison: await metrics.list({ timeframe }),
  comparisonOfOne: await metrics.list({ timeframe, dimension: 'video_title', value: 'Rebuffering' }),
  dimensions: await dimensions.list(),
  browsers: await collect(dimensions.listValues('browser', { timeframe })),
  refusals: {
    secret: await refusal(() => stranger.data.videoViews.list()),
    view: await refusal(() => videoViews.retrieve('nosuchview')),
    filter: await refusal(() => videoViews.list({ timeframe, filters: ['nosuchdimension:1'] })),
    measurement: await refusal(() => metrics.getOverallValues('views', { timeframe, measurement: 'nosuchmeasurement' })),
    metric: await refusal(() => metrics.getOverallValues('nosuchmetric', { timeframe })),
    route: await refusal(() => videoViews.list({}, { path: '/_stainless_unknown_path' })),
  },
};
process.stdout.write(JSON.stringify(answers));
