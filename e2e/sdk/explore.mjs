// Reads with the API client of npm what leads to the views that went wrong, and
// to the parts of them that were watched. Writes the answers as JSON to
// standard output.
//
// Usage: node explore.mjs '{"baseURL":"http://…","id":"…","secret":"…","from":1,"to":2}'
import Mux from '@mux/mux-node';
import { collect, refusal, watch } from './client.mjs';

const { baseURL, id, secret, from, to } = JSON.parse(process.argv[2]);
const client = new Mux({ baseURL, tokenId: id, tokenSecret: secret, maxRetries: 0 });
const watched = watch(client, 'data');
const { metrics, errors, dimensions, videoViews, engagement, subviewMetrics } = client.data;
const timeframe = [String(from), String(to)];
const none = 'nothing-of-that-name';

const types = await errors.list({ timeframe });
const heights = { timeframe, group_by: ['video_source_height'] };

const titles = (rows) => rows.map((row) => row.video_title);
const insights = await metrics.getInsights('video_startup_time', { timeframe, measurement: 'median', order_direction: 'desc' });
const listed = (await subviewMetrics.listDimensions('rendition')).data;
const steps = (await subviewMetrics.getBreakdownTimeseries('playing_time', 'rendition', { ...heights, time_granularity: 'hour' })).data;
const played = steps.filter((step) => step.values.length > 0);

const answers = {
  errors: types,
  errorsElsewhere: await errors.list({ timeframe, filters: ['!video_title:404'] }),
  viewsOfError: titles(await collect(videoViews.list({ timeframe, error_id: types.data[0].id, limit: 1 }))),
  viewsOfAnyError: titles(await collect(videoViews.list({ timeframe, error_id: 'any' }))),
  insights: {
    meta: insights.meta,
    titles: insights.data.filter((row) => row.filter_column === 'video_title'),
    all: insights.data.length === insights.total_row_count,
    worstFirst: insights.data.every((row, i, all) => i === 0 || all[i - 1].negative_impact_score <= row.negative_impact_score),
  },
  elements: await collect(dimensions.listTraceElements('video_cdn_trace', { timeframe, order_by: 'value', order_direction: 'desc' })),
  heatmap: await engagement.videos.heatmap('mp4-a', { timeframe }),
  hotspots: await engagement.videos.hotspots('mp4-a', { timeframe }),
  hotspot: await engagement.videos.hotspots('mp4-a', { timeframe, limit: 1, order_direction: 'desc' }),
  coldspots: await engagement.videos.hotspots('mp4-a', { timeframe, order_direction: 'asc' }),
  nothingPlayed: [
    await engagement.assets.heatmap(none, { timeframe }), await engagement.playbackIds.heatmap(none),
    await engagement.assets.hotspots(none, { timeframe }), await engagement.playbackIds.hotspots(none),
  ],
  overall: await subviewMetrics.getOverallValues('playing_time', 'rendition', { timeframe }),
  modes: await collect(subviewMetrics.listBreakdownValues('playing_time', 'playback_mode', { timeframe })),
  renditions: await collect(subviewMetrics.listBreakdownValues('playing_time', 'rendition', { ...heights, limit: 2 })),
  comparison: await subviewMetrics.listComparisonValues('playing_time', 'rendition', {
    ...heights, dimension: 'video_title', values: ['HLS ABR', 'Rebuffering', none], breakdown_value_limit: 2,
  }),
  timeseries: {
    sum: played.flatMap((step) => step.values).reduce((sum, row) => sum + row.metric_value, 0),
    partial: played.every((step) => step.status === 'partial'),
  },
  subviewDimensions: { subview: listed.subview, country: listed.view.includes('country'), height: listed.view.includes('video_source_height') },
  subviewValues: await collect(subviewMetrics.listDimensionValues('rendition', 'video_title', { timeframe, query: 'A', limit: 1 })),
  refusals: {
    elements: await refusal(() => dimensions.listTraceElements('browser')),
    insights: await refusal(() => metrics.getInsights('nosuchmetric')),
    type: await refusal(() => subviewMetrics.getOverallValues('playing_time', 'nosuchtype')),
    group: await refusal(() => subviewMetrics.listBreakdownValues('playing_time', 'playback_mode', heights)),
    values: await refusal(() => subviewMetrics.listComparisonValues('playing_time', 'rendition', { dimension: 'country', values: [] })),
  },
};
answers.called = [...watched.called].sort();
process.stdout.write(JSON.stringify(answers));
