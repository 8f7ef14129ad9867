// Reads views and metrics of a server with the API client of npm, with only its
// base URL changed, and writes the answers as JSON to standard output.
//
// Usage: node read.mjs '{"baseURL":"http://…","id":"…","secret":"…","from":1,"to":2}'
import Mux from '@mux/mux-node';
import { collect, refusal, watch } from './client.mjs';

const { baseURL, id, secret, from, to } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data', 'system');
const { videoViews, metrics, dimensions, errors, subviewMetrics, annotations, exports } = client.data;
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
  titles: await collect(dimensions.listValues('video_title', { timeframe, limit: 4 })),
  insights: await metrics.getInsights('playback_failure_percentage', { timeframe, order_direction: 'desc', filters: ['!video_title:Never starts'] }),
  errors: await errors.list({ timeframe }),
  annotations: await collect(annotations.list({ timeframe })),
  heights: await collect(subviewMetrics.listBreakdownValues('playing_time', 'rendition', {
    timeframe, group_by: ['video_source_height'], limit: 1, filters: ['video_title:HLS ABR'],
  })),
  whoami: await client.system.utilities.whoami(),
  refusals: {
    secret: await refusal(() => stranger.data.videoViews.list()),
    view: await refusal(() => videoViews.retrieve('nosuchview')),
    filter: await refusal(() => videoViews.list({ timeframe, filters: ['nosuchdimension:1'] })),
    measurement: await refusal(() => metrics.getOverallValues('views', { timeframe, measurement: 'nosuchmeasurement' })),
    metric: await refusal(() => metrics.getOverallValues('nosuchmetric', { timeframe })),
    route: await refusal(() => videoViews.list({}, { path: '/_stainless_unknown_path' })),
  },
  exports: await exports.listVideoViews(), // exports.mjs has more
};
answers.methods = { all: watched.all, called: [...watched.called] };
process.stdout.write(JSON.stringify(answers));
