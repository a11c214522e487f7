import type { ControlOperation, ControlStep, DeviceStep, GenerateStep, RefreshStep, SignInStep, Step } from './steps.ts'

/** The request that asks for a step. */
export interface StepSeeker {
  readonly account?: string | undefined
  readonly host?: string | undefined
  readonly model?: string | undefined
}

interface QueuedStep {
  readonly step: Step
  /** The account's id, once its reference is resolved. */
  readonly account: string | undefined
  left: number
}

/** Scripted steps in the order in which they were queued; an account's own steps go before those for everybody. */
export class StepQueue {
  #queue: QueuedStep[] = []

  add(step: Step, account?: string): void {
    this.#queue.push({ step, account, left: step.times ?? 1 })
  }

  get length(): number {
    return this.#queue.length
  }

  clear(): void {
    this.#queue = []
  }

  generate(seeker: StepSeeker): GenerateStep | undefined {
    return this.#take(seeker, isGenerateStep)
  }

  refresh(seeker: StepSeeker): RefreshStep | undefined {
    return this.#take(seeker, step => step.do === 'refresh')
  }

  device(seeker: StepSeeker): DeviceStep | undefined {
    return this.#take(seeker, step => step.do === 'device')
  }

  signIn(seeker: StepSeeker): SignInStep | undefined {
    return this.#take(seeker, step => step.do === 'sign-in')
  }

  control(operation: ControlOperation, seeker: StepSeeker): ControlStep | undefined {
    return this.#take(seeker, (step): step is ControlStep => step.do === 'operation' && step.operation === operation)
  }

  #take<S extends Step>(seeker: StepSeeker, wanted: (step: Step) => step is S): S | undefined {
    if (this.#queue.length === 0) return undefined
    let chosen: { readonly queued: QueuedStep; readonly step: S } | undefined
    for (const queued of this.#queue) {
      const { step, account } = queued
      if (!wanted(step) || !matches(step, seeker)) continue
      if (account !== undefined && account === seeker.account) {
        chosen = { queued, step }
        break
      }
      if (account === undefined) chosen ??= { queued, step }
    }
    if (chosen === undefined) return undefined
    const { queued, step } = chosen
    queued.left -= 1
    if (queued.left <= 0) this.#queue = this.#queue.filter(each => each !== queued)
    return step
  }
}

function matches(step: Step, seeker: StepSeeker): boolean {
  if (step.host !== undefined && step.host !== seeker.host) return false
  return !('model' in step) || step.model === undefined || step.model === seeker.model
}

function isGenerateStep(step: Step): step is GenerateStep {
  return step.do !== 'refresh' && step.do !== 'device' && step.do !== 'sign-in' && step.do !== 'operation'
}
