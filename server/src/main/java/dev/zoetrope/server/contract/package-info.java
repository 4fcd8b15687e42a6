/** What the server promises: {@link dev.zoetrope.server.contract.ApiDocument}, and whether a request keeps to it. */
@NullMarked
package dev.zoetrope.server.contract;

import org.jspecify.annotations.NullMarked;
