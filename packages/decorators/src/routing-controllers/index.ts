export { secureControllers, type SecureControllersOptions } from './secure-controllers.ts'
