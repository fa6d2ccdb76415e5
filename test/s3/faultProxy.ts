import {
  createServer,
  request as forward,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault = 'reset' | 'truncate' | 'delay' | 'hang' | 'slow down' | 'forbidden' | 'expired';

/** Requests that match, on `METHOD /path?query`, get the fault: all, or those within `ms` of the first, or the first `count`. */
export interface Rule {
  readonly match: RegExp;
  readonly fault: Fault;
  readonly ms?: number;
  readonly count?: number;
}

const ANSWERS: Partial<Record<Fault, readonly [status: number, code: string]>> = {
  'slow down': [503, 'SlowDown'],
  forbidden: [403, 'AccessDenied'],
  expired: [400, 'ExpiredToken'],
};
/** Milliseconds. */
const DELAY = 300;

/** A proxy before an S3 server that disturbs some requests and lists all of them. */
export class FaultProxy {
  rules: readonly Rule[] = [];
  /** `METHOD /path?query` and its fault. */
  readonly requests: string[] = [];
  /** Called for each request. */
  onRequest: (line: string) => void = () => {};
  readonly #target: number;
  readonly #server: Server;
  readonly #seen = new Map<Rule, { since: number; count: number }>();

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Sets the rules and starts a new list. */
  reset(rules: readonly Rule[] = []): void {
    this.rules = rules;
    this.requests.length = 0;
    this.#seen.clear();
    this.onRequest = () => {};
  }

  #faultOf(line: string): Fault | undefined {
    for (const rule of this.rules) {
      if (!rule.match.test(line)) continue;
      const seen = this.#seen.get(rule) ?? { since: Date.now(), count: 0 };
      this.#seen.set(rule, { ...seen, count: seen.count + 1 });
      if (Date.now() - seen.since <= (rule.ms ?? Infinity) && seen.count < (rule.count ?? Infinity))
        return rule.fault;
    }
    return undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    const fault = this.#faultOf(line);
    this.requests.push(fault ? `${line} ${fault}` : line);
    this.onRequest(line);
    const answer = fault && ANSWERS[fault];
    if (fault === 'reset') request.socket.resetAndDestroy();
    else if (answer) {
      request.resume();
      request.on('end', () => {
        response.writeHead(answer[0], { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${answer[1]}</Code><Message>spoilt</Message></Error>`);
      });
    } else if (fault !== 'hang') this.#pass(request, response, fault);
  }

  #pass(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    const { method, url: path, headers } = request;
    const upstream = forward({ host: '127.0.0.1', port: this.#target, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      if (fault === 'delay') setTimeout(() => answer.pipe(response), DELAY);
      else if (fault === 'truncate') {
        answer.once('data', (data: Buffer) => {
          response.write(data.subarray(0, data.length >> 1));
          setTimeout(() => response.destroy(), 10);
        });
        answer.once('end', () => response.destroy());
      } else answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  }
}
