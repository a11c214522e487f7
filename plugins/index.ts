export { debugCapture } from './debug-capture/index.ts'
export { modelMap } from './model-map/index.ts'
export { requestLog } from './request-log/index.ts'
export { retry } from './retry/index.ts'
