/** Waits for what other processes and written-behind state bring about; fails when it takes more than five seconds. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error('it did not become so within five seconds')
    await new Promise(resolve => setImmediate(resolve))
  }
}
