/** An event that a server sent, as the format of server-sent events has it. */
export interface SentEvent {
  name: string;
  data: string;
}

/** Reads the text of server-sent events, of which any part may come at a time. */
export class EventReader {
  /** What a client tells when it comes again. */
  lastId = '';
  /** How long it waits before, in ms. */
  retry = 2000;

  private rest = '';
  private id = '';
  private name = '';
  private data: string[] = [];

  /** The events that are whole with this text. */
  read(text: string): SentEvent[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() as string;
    return lines.flatMap((line) => this.line(line) ?? []);
  }

  /** Forgets what is not whole: the rest of it does not come any more. */
  cut() {
    this.rest = '';
    this.begin();
  }

  private line(line: string): SentEvent | undefined {
    if (line === '') {
      const event = { name: this.name || 'message', data: this.data.join('\n') };
      const told = this.data.length > 0;
      this.lastId = this.id;
      this.begin();
      return told ? event : undefined;
    }
    const [field, value = ''] = line.split(/: ?(.*)/s, 2) as [string, string?];
    if (field === 'event') this.name = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return undefined; // anything else, and what begins with a colon, means nothing
  }

  private begin() {
    this.id = this.lastId;
    this.name = '';
    this.data = [];
  }
}
