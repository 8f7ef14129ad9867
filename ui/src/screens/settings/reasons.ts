/** What becomes of beacons that are not stored, for people; by the reasons of the API. */
export const reasons: Record<string, { title: string; text: string }> = {
  unknown_environment: { title: 'Unknown key', text: 'No environment has the key: see the unknown keys.' },
  malformed: { title: 'Not readable', text: 'The body is no JSON of events, or has too many of them.' },
  empty: { title: 'Empty', text: 'There was no body, or no event in it.' },
  too_large: { title: 'Too large', text: 'The body is larger than any player makes it.' },
  bad_gzip: { title: 'Broken gzip', text: 'The body cannot be inflated.' },
  bad_encoding: { title: 'Unknown encoding', text: 'The Content-Encoding is another one than gzip.' },
  busy: { title: 'Busy', text: 'More beacons at once than ingest-memory has room for. They come again.' },
  incomplete: { title: 'Cut off', text: 'The connection ended within the body. They come again.' },
  journal_full: {
    title: 'Journal full',
    text: 'The disk is full, or too slow: see free-space-floor. They come again.',
  },
  journal_slow: { title: 'Journal slow', text: 'The disk did not answer in ten seconds. They come again.' },
  journal_unavailable: {
    title: 'Journal failed',
    text: 'The disk could not be written: the log says why. They come again.',
  },
};
