const ANSWER_MS = 30_000

/** What a process's heap still holds after a full collection, in MiB, asked through its inspector. */
export async function liveHeapMebibytes(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector)
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error(`the inspector at ${inspector} does not answer`)))
    })
    await ask(socket, 'HeapProfiler.collectGarbage')
    const { usedSize } = await ask(socket, 'Runtime.getHeapUsage')
    return Number(usedSize) / 1024 / 1024
  } finally {
    socket.close()
  }
}

/** Each is asked once per connection. */
const IDS = { 'HeapProfiler.collectGarbage': 1, 'Runtime.getHeapUsage': 2 } as const

function ask(socket: WebSocket, method: keyof typeof IDS): Promise<Readonly<Record<string, unknown>>> {
  const id = IDS[method]
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the inspector did not answer ${method}`)), ANSWER_MS)
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data)) as { readonly id?: number; readonly result?: Readonly<Record<string, unknown>> }
      if (answer.id !== id) return
      clearTimeout(timer)
      resolve(answer.result ?? {})
    })
    socket.send(JSON.stringify({ id, method }))
  })
}
