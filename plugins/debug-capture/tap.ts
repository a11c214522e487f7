import type { BodyReceiver, HttpClient, Logger } from '../../core/index.ts'
import type { Capture } from './capture.ts'

/** The same client, with what goes out and comes in copied to the capture. */
export function tapHttp(http: HttpClient, provider: string, capture: Capture): HttpClient {
  return {
    send: (request, options) => http.send(request, options),
    stream: (request, receiver, options) => {
      capture.sent(provider, request.body)
      return http.stream(
        request,
        {
          fail: error => receiver.fail(error),
          head: head => tapBody(receiver.head(head), capture),
        },
        options,
      )
    },
  }
}

function tapBody(body: BodyReceiver, capture: Capture): BodyReceiver {
  return {
    data: chunk => {
      capture.received(chunk)
      body.data(chunk)
    },
    end: () => body.end(),
    fail: error => body.fail(error),
  }
}

/** The same logger, with each line copied to the capture. */
export function tapLog(log: Logger, capture: Capture): Logger {
  const tap = (level: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] => {
    return (message, fields) => {
      capture.log(`${level} ${message}${fields === undefined ? '' : ` ${Object.keys(fields).join(', ')}`}`)
      log[level](message, fields)
    }
  }
  return { debug: tap('debug'), info: tap('info'), warn: tap('warn'), error: tap('error'), child: fields => tapLog(log.child(fields), capture) }
}
