// Probe measures what a viewer sees of a video element, without any help from
// the SDK under test: from the element's own events and from the position of
// the playhead, looked at every 10 ms. All times are in ms.

const sampleEvery = 10;
const shortestStall = 250; // a playhead that stands still for less is a hitch that nobody counts

export class Probe {
  #video;
  #pressed = null;      // when play was pressed first
  #playing = null;      // when the element first said that it plays
  #frame = null;        // when the first frame was shown
  #trying = null;       // since when the viewer has been trying to watch; null in a pause
  #watched = 0;         // ms of trying before that
  #position = 0;        // of the playhead, as seen last
  #moved = null;        // when it was seen to move, or was first expected to; null when it should not
  #movingTime = 0;
  #stalls = [];
  #seeks = [];
  #seeking = null;      // when the seek that is open began
  #sizes = [];
  #error = null;
  #sampled = null;      // when the playhead was looked at last
  #lag = 0;             // the longest that the page was too busy to look, before the first frame

  constructor(video) {
    this.#video = video;
    const on = (name, f) => video.addEventListener(name, () => f(performance.now()));
    on('playing', (now) => { this.#playing ??= now; });
    on('play', (now) => { this.#trying ??= now; });
    on('pause', (now) => this.#rest(now));
    on('ended', (now) => this.#rest(now));
    on('error', (now) => { this.#error = { code: video.error.code, message: video.error.message }; this.#rest(now); });
    on('seeking', (now) => { this.#sample(now); this.#seeking = now; });
    on('seeked', (now) => { this.#seeks.push(now - this.#seeking); this.#seeking = null; });
    on('resize', () => this.#sizes.push([video.videoWidth, video.videoHeight]));
    video.requestVideoFrameCallback((now) => { this.#frame = now; });
    setInterval(() => this.#sample(performance.now()), sampleEvery);
  }

  // playPressed is to be called just before video.play().
  playPressed() { this.#pressed ??= performance.now(); }

  // standing is for how long the playhead has not moved although it should.
  standing() { return this.#moved === null ? 0 : performance.now() - this.#moved; }

  // rest notes that the viewer no longer tries to watch.
  #rest(now) {
    this.#sample(now);
    if (this.#trying !== null) this.#watched += now - this.#trying;
    this.#trying = null;
  }

  #sample(now) {
    if (this.#sampled !== null && this.#playing === null) this.#lag = Math.max(this.#lag, now - this.#sampled - sampleEvery);
    this.#sampled = now;
    const v = this.#video;
    const moved = v.currentTime !== this.#position;
    this.#position = v.currentTime;
    const expected = this.#playing !== null && this.#trying !== null && this.#seeking === null && !v.seeking && !v.paused && !v.ended;
    if (this.#moved !== null && (moved || !expected)) {
      const gap = now - this.#moved;
      if (gap >= shortestStall) this.#stalls.push(gap);
      else this.#movingTime += gap;
    }
    if (!expected) this.#moved = null;
    else if (moved || this.#moved === null) this.#moved = now;
  }

  // truth ends the measurement and returns it.
  truth() {
    this.#rest(performance.now());
    return {
      startup: this.#playing === null ? null : this.#playing - this.#pressed,
      lag: this.#lag,
      first_frame: this.#frame === null ? null : this.#frame - this.#pressed,
      watched: this.#watched,
      moving: this.#movingTime,
      stalls: this.#stalls,
      seeks: this.#seeks,
      sizes: this.#sizes,
      error: this.#error,
    };
  }
}
