/** Waits for what other processes and written-behind state bring about; fails when it takes more than a few seconds. */
export async function eventually(check: () => Promise<boolean>, patienceMs = 5_000): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`it did not become so within ${patienceMs / 1000} seconds`)
    await new Promise(resolve => setImmediate(resolve))
  }
}
